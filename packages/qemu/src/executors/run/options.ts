export { machineSchema as schema } from '../../options';
