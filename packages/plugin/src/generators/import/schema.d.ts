export interface ImportGeneratorSchema {
  from: string;
  directory?: string;
  branch?: string;
  skipFormat?: boolean;
}
