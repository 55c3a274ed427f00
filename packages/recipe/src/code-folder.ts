/** Folder of the code of this package: who keeps parse results can tell by it that the parser is another one. */
export const RECIPE_CODE_FOLDER = __dirname;
