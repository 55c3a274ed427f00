export interface DoctorExecutorSchema {
  programs?: string[];
}
