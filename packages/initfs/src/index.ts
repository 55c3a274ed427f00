export { checkedBootstrap } from './bootstrap';
export { diffImages, type Difference } from './diff';
export { extractInitfs, type ExtractSummary } from './extract';
export { bundle, type BundleOptions } from './bundle';
export {
  BOOTSTRAP_OFFSET,
  INITFS_FORMATS,
  NO_BOOTSTRAP,
  PAGE_SIZE,
  WRITABLE_FORMATS,
  type Header,
  type InitfsFormat,
  type WritableFormat,
} from './format';
export { formatSize, INITFS_LAYOUTS, type InitfsLayout } from './layout';
export {
  inspectInitfs,
  readInitfs,
  type ImageRange,
  type InitfsImage,
  type InspectedImage,
  type Problem,
} from './read';
export { namedPrograms, type NamedProgram, type NamedPrograms } from './programs';
export { scanDirectory } from './scan';
export { sizeReport, type FileSize, type SizeReport } from './size';
export { formatOfSource, formatOfTypes } from './source-format';
export { verifyInitfs, type VerifiedImage, type VerifyOptions } from './verify';
export {
  contentSize,
  findNode,
  TreeBuilder,
  walk,
  type Bootstrap,
  type DirNode,
  type FileContent,
  type FileNode,
  type InitfsTree,
  type LinkNode,
  type TreeNode,
  type WalkedNode,
} from './tree';
export { DEFAULT_SIZE_BUDGET, writeInitfs, type WriteOptions, type WriteSummary } from './write';
export type { BundleExecutorOptions } from './executors/bundle/options';
export type { InspectExecutorOptions } from './executors/inspect/options';
export type { SizeExecutorOptions } from './executors/size/options';
