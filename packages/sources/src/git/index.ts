export { absoluteRepository, badAddress, mirroredUrl, waysOut } from './address';
export { checkoutCommit } from './checkout';
export { resolveCommit, type GitRequest } from './refs';
export { git, gitOk } from './run';
export { initEmptyRepository } from './store';
