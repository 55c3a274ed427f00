import { describe, expect, it } from 'vitest';
import { onlyVariables, outsideEnvironment } from './environment';

describe('outsideEnvironment', () => {
  it.each([
    'GITHUB_TOKEN',
    'NPM_TOKEN',
    'NODE_AUTH_TOKEN',
    'CARGO_REGISTRY_TOKEN',
    'CARGO_REGISTRIES_PRIVATE_TOKEN',
    'CARGO_REGISTRIES_X_CREDENTIAL_PROVIDER',
    'CARGO_REGISTRY_CREDENTIAL_PROVIDER',
    'NX_CLOUD_ACCESS_TOKEN',
    'NX_CLOUD_ENCRYPTION_KEY',
    'NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN',
    'SSH_AUTH_SOCK',
    'SSH_AGENT_PID',
    'AWS_SECRET_ACCESS_KEY',
    'SCCACHE_REDIS_PASSWORD',
    'ACTIONS_RUNTIME_TOKEN',
    'GIT_CONFIG_VALUE_0',
    'LOGD_GREETING',
    'RUSTFLAGS',
    'NODE_OPTIONS',
  ])('keeps %s away, unless the recipe asks for it', (name) => {
    expect(outsideEnvironment({ [name]: 'x' })).not.toHaveProperty(name);
    expect(outsideEnvironment({ [name]: 'x' }, ['OTHER', name])).toHaveProperty(name, 'x');
  });

  it('hands on what only says how, and has one language and time', () => {
    const user = {
      PATH: '/bin',
      HOME: '/home/u',
      https_proxy: 'http://p',
      CARGO_HOME: '/c',
      SCCACHE_DIR: '/s',
      LANG: 'de_DE',
    };
    expect(outsideEnvironment(user)).toEqual({ ...user, LANG: 'C.UTF-8', TZ: 'UTC' });
    expect(outsideEnvironment({ PATH: undefined }, ['NOT_SET'])).toEqual({ LANG: 'C.UTF-8', TZ: 'UTC' });
    const only = onlyVariables({ A: 'b' });
    expect(only['A']).toBe('b');
    expect(Object.keys(only)).toContain('PATH');
    expect(only['PATH']).toBeUndefined();
  });
});
