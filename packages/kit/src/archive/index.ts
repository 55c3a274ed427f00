export { withDecoded } from './decode';
export { unpackArchive, type UnpackOptions } from './unpack';
