import type { CreateNodesResultArray, RawProjectGraphDependency } from '@nx/devkit';
import type { PresentSource } from './cookbook/edited';

/** What Nx is given for a graph: plain data that follows from the files which the workspace was asked for. */
export interface Graph {
  nodes: CreateNodesResultArray;
  /** Between projects and crates of `nodes`; Nx may know fewer. */
  edges: RawProjectGraphDependency[];
  /** Sources of a checkout of the cookbook that are there. */
  sources?: PresentSource[];
  /** What the user should read; empty if there is nothing wrong. */
  warning: string;
}
