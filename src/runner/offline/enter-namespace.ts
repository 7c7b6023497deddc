import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { ExitCode } from '../../core/exit-code.ts';
import { EXIT } from '../../core/exit-code.ts';
import { JobError } from '../../core/job-error.ts';
import type { CliContext } from '../commands/command.ts';
import { hasOnlyLoopback } from './only-loopback.ts';

/** Set for the process that runs inside. */
const INSIDE = 'MILLRACE_OFFLINE_INSIDE';

/**
 * Brings loopback up, then runs the rest as the user who asked, if `unshare` can (Chromium refuses its sandbox to root).
 * Chromium asks now and then whether IPv6 leads anywhere, by connecting a UDP socket to that address without sending
 * (`HostResolverManager::IsIPv6Reachable`). The kernel would count that as a packet without a route, so it gets one, to
 * loopback: what is sent there is counted as well.
 */
const SET_UP = `
ip link set lo up 2>/dev/null || ifconfig lo up || exit 97
ip -6 addr add fd00::1/128 dev lo 2>/dev/null
ip -6 route add 2001:4860:4860::8888/128 dev lo 2>/dev/null
user=$1 group=$2
shift 2
if [ "$user" != 0 ] && unshare --user --map-user="$user" --map-group="$group" true 2>/dev/null
then exec unshare --user --map-user="$user" --map-group="$group" "$@"
fi
exec "$@"
`;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs this command line once more where only loopback exists, in a network namespace of its own, and gives its exit code;
 * null when this process is in such a place already, and may go on.
 * @throws JobError `OFFLINE_UNPROVEN` where that cannot be, with what to do.
 */
export async function runOffline(
  args: readonly string[],
  { env, cwd }: Pick<CliContext, 'env' | 'cwd'>,
): Promise<ExitCode | null> {
  if (process.platform !== 'linux') {
    throw new JobError('OFFLINE_UNPROVEN', '--prove-offline needs the network namespaces of Linux.', {
      hint: 'Here, leave the option out; a firewall, or no network at all, shows the same.',
    });
  }
  if (env[INSIDE] === '1') {
    endWithParent();
    if (hasOnlyLoopback()) return null;
    throw new JobError('OFFLINE_UNPROVEN', 'The network namespace has more than loopback.');
  }
  const refusal = await tryNamespace();
  if (refusal !== null) {
    // A container without a network is as good.
    if (hasOnlyLoopback()) return null;
    throw refusal;
  }
  return runInside([process.execPath, ...process.execArgv, process.argv[1] ?? '', ...args], env, cwd);
}

function inNamespace(command: readonly string[]): string[] {
  const ids = [process.getuid?.() ?? 0, process.getgid?.() ?? 0].map(String);
  return ['--user', '--map-root-user', '--net', 'sh', '-c', SET_UP, 'sh', ...ids, ...command];
}

/** Why there cannot be a namespace, or null. */
async function tryNamespace(): Promise<JobError | null> {
  try {
    await promisify(execFile)('unshare', inNamespace(['true']), { timeout: 15_000 });
    return null;
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: string | number; stderr?: string };
    const [reason, hint] =
      code === 'ENOENT'
        ? ['the program `unshare` is missing', 'Install util-linux.']
        : code === 97
          ? ['loopback could not be brought up', 'Install iproute2, for its program `ip`.']
          : [
              stderr.trim() || String(cause),
              'Let users make namespaces (as root: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` on Ubuntu, `sysctl -w kernel.unprivileged_userns_clone=1` on Debian), or run millrace in a container without a network (`docker run --network none`), where it needs none of its own.',
            ];
    return new JobError('OFFLINE_UNPROVEN', `No network namespace can be made here: ${reason}.`, {
      hint,
      cause,
    });
  }
}

/** In a process group of its own, so that a Ctrl+C reaches it once: from here. */
function runInside(command: readonly string[], env: CliContext['env'], cwd: string): Promise<ExitCode> {
  const child = spawn('unshare', inNamespace(command), {
    cwd,
    env: { ...env, [INSIDE]: '1' },
    detached: true,
    // Its end tells the child that this process is gone.
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      resolve((code ?? EXIT.failed) as ExitCode);
    });
  });
}

/** A runner must not outlive the command that was given. */
function endWithParent(): void {
  process.stdin.on('end', () => process.exit(EXIT.interrupted)).resume();
  const { unref } = process.stdin as { unref?: () => void };
  unref?.call(process.stdin);
}
