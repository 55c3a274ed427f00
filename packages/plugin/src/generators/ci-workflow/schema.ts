export interface CiWorkflowGeneratorSchema {
  name?: string;
  skipFormat?: boolean;
}
