import { executorOptions, text } from '@nx-redox/kit/options';

export const schema = executorOptions(
  {
    title: 'An alias without its link',
    description:
      'Runs the target that an alias stands for, where a default of nx.json takes the link between them away.',
  },
  { target: text('The target of the same project that is run.') },
);
