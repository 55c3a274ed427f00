export interface InitGeneratorSchema {
  addPlugin?: boolean;
  skipPackageJson?: boolean;
  keepExistingVersions?: boolean;
  skipFormat?: boolean;
}
