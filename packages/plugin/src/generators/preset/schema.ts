export interface PresetGeneratorSchema {
  name: string;
  skipFormat?: boolean;
}
