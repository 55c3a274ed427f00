export { withDecoded } from './decode';
export { readTar, type TarMember } from './tar';
export { unpackArchive, type UnpackOptions } from './unpack';
