import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

const site = join(import.meta.dirname, '..');
const pages = join(site, 'dist/pages');
const namesIn = (folder) => readdirSync(join(pages, folder)).map((file) => file.replace(/\.md$/, ''));
const link = (text, path) => ({ text, link: `/${path}` });

export default defineConfig({
  title: 'nx-redox',
  description: 'Nx plugins for Redox OS: build with Cranelift or LLVM, boot in QEMU, get a verdict',
  lang: 'en',
  srcDir: pages,
  outDir: join(site, '../../dist/site'),
  cacheDir: join(site, 'dist/cache'),
  // Texts have <names> in them that are no elements.
  markdown: { html: false, theme: { light: 'github-light', dark: 'github-dark' } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: 'https://github.com/nx-redox/nx-redox' }],
    nav: [
      link('Tutorial', 'tutorial/first-boot'),
      link('How to', 'how-to/checkout'),
      link('Reference', 'reference/targets'),
      link('Background', 'architecture'),
    ],
    sidebar: [
      {
        text: 'Tutorials',
        items: [link('Your first boot', 'tutorial/first-boot'), link('A service of your own', 'tutorial/service')],
      },
      {
        text: 'How to',
        items: [
          link('Use a checkout of Redox', 'how-to/checkout'),
          link('Add it to a workspace', 'how-to/workspace'),
          link('Use it before it is published', 'how-to/unpublished'),
          link('Find out why a boot failed', 'how-to/failed-boot'),
          link('Boot in CI', 'how-to/ci'),
          link('Set up your editor', 'how-to/editor'),
          link('Choose a toolchain', 'how-to/toolchain'),
          link('Change names', 'how-to/names'),
        ],
      },
      {
        text: 'Reference',
        items: [
          link('Projects, targets and files', 'reference/targets'),
          link('Generators', 'reference/generators'),
          link('All executors and generators', 'reference/options'),
          link('Recipes and systems', 'reference/recipes'),
          link('recipe.toml', 'reference/recipe-toml'),
          link('system.toml', 'reference/system-toml'),
          link('toolchain.toml', 'reference/toolchain-toml'),
          link('Programs without Nx', 'reference/programs'),
          link('The system mini', 'reference/mini'),
          {
            text: 'Options of generators',
            collapsed: true,
            items: namesIn('reference/generators').map((name) => link(name, `reference/generators/${name}`)),
          },
          {
            text: 'Executors',
            collapsed: true,
            items: namesIn('reference/executors').map((name) => link(name, `reference/executors/${name}`)),
          },
          {
            text: 'Packages',
            collapsed: true,
            items: namesIn('packages').map((name) => link(name, `packages/${name}`)),
          },
        ],
      },
      {
        text: 'Background',
        items: [
          link('Architecture', 'architecture'),
          link('Programs in front of the compilers', 'front'),
          link('What an image holds', 'installer'),
          link('Performance', 'performance'),
          link('What of Redox has booted', 'redox-status'),
          link('Versions and releases', 'releases'),
          link('Working on nx-redox', 'contributing'),
        ],
      },
    ],
  },
});
