export { SHELL_MAIN, SHELL_SHARED } from './files';
export { recipeScript, type ShellScript } from './script';
export { redoxTarget, scriptVariables, type ScriptFacts } from './variables';
