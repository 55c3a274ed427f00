export type { ContentPart, InstallPlan, PackageStage, PlanDisk, PlanNode, StageEntry } from './plan';
