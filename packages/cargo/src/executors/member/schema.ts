import type { MemberTask } from '../../script/member';

export type MemberExecutorSchema = Omit<MemberTask, 'project'>;
