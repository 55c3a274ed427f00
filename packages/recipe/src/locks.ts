/*
 * Entry point `@nx-redox/recipe/locks`: what fetches sources and pins them. It loads git, archives and downloads, which
 * whoever only parses recipes need not wait for.
 */
export { updateLock, type UpdateOptions, type UpdateResult } from './lock/update';
export { updateLocks, type UpdateAllOptions, type UpdatedRecipe } from './lock/update-all';
export { sourceTask, type SourceTask } from './sources/task';
