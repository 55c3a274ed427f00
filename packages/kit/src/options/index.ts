export {
  backend,
  executorOptions,
  flag,
  generatorOptions,
  json,
  presetOptions,
  said,
  target,
  text,
  texts,
  z,
} from './fields';
export { executor, projectRoot, taskOptions, type TaskContext } from './executor';
export { toNxSchema } from './nx-schema';
export { parseOptions } from './parse';
