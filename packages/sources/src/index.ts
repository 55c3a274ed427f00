export { git } from './git';
export { loadRecipe, ownerOf, sourceOf, type LoadedRecipe, type RecipeSource, type SourcePlan } from './load';
export { pinOf } from './lock/check';
export { readLock } from './lock/lock-file';
export { updateLocks, type UpdateAllOptions, type UpdatedRecipe } from './lock/update-all';
export { updateLock, type UpdateOptions, type UpdateResult } from './lock/update';
export { prepareTree, type Pin } from './prepare';
export { sourceTask, type SourceTask } from './task';
