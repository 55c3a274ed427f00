export { runDoctor } from './run-doctor';
export type { DoctorExecutorOptions } from './executors/doctor/options';
