export interface SystemGeneratorSchema {
  name: string;
  skipPackageJson?: boolean;
  skipFormat?: boolean;
}
