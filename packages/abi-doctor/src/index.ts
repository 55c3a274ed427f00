export type { DoctorExecutorOptions } from './executors/doctor/options';
