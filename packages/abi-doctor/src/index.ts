export { runDoctor } from './run-doctor';
