export {
  backend,
  executorOptions,
  flag,
  generatorOptions,
  json,
  presetOptions,
  target,
  text,
  texts,
  z,
} from './fields';
export { executor, projectRoot, taskOptions, type TaskContext } from './executor';
export { toNxSchema } from './nx-schema';
export { parseOptions } from './parse';
