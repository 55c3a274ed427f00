export { bootSchema as schema } from '../../options';
