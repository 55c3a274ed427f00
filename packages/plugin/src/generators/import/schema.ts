export interface ImportGeneratorSchema {
  from: string;
  directory?: string;
  branch?: string;
  locks?: boolean;
  skipFormat?: boolean;
}
