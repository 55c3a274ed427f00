export { execSchema as schema } from '../../options';
