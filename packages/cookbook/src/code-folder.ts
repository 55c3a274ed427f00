/** The folder of this code: graphs that other code made are not taken for its own. */
export const COOKBOOK_CODE_FOLDER = __dirname;
