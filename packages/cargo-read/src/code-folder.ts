/** The folder of this code: graphs that other code made are not taken for its own. */
export const CARGO_READ_CODE_FOLDER = __dirname;
