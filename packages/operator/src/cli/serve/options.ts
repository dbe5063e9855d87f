import { Option } from 'commander'
import { LOG_FORMATS, LOG_LEVELS } from '../../system/log-options.ts'
import { reclaimPolicyOption } from '../reclaim-policy.ts'
import { parseHost, parsePort } from '../values.ts'
import {
  collectAnnotations,
  collectSources,
  parseAddress,
  parseDaemons,
  parsePositive,
  parseRegistry,
  parseRoles,
  parseSeconds,
} from './values.ts'

/** The options of `webspaces serve`, without their variables. */
export function serveOptions(): Option[] {
  return [...common(), ...git(), ...sites()]
}

/** May be given several times; as a variable, one a line. */
export class RepeatableOption extends Option {}

function common(): Option[] {
  return [
    new Option('--roles <roles>', 'what this process does: git, operator or both')
      .argParser(parseRoles)
      .default(['git', 'operator'], 'git,operator'),
    new Option('--kubeconfig <file>', "how to reach the cluster; left out: this pod's service account, or KUBECONFIG"),
    new Option(
      '--namespace <name>',
      "where the operators' Lease is; left out: the namespace of this pod or of the kubeconfig",
    ),
    new Option('--host <address>', 'address to listen on').argParser(parseHost).default('0.0.0.0'),
    new Option('--http-port <port>', 'port for /healthz, /readyz and /metrics; 0 takes a free one')
      .argParser(parsePort)
      .default(8080),
    new Option('--state-file <file>', 'file that says, as JSON, where this process listens while it is ready'),
    new Option('--drain-seconds <seconds>', 'how long pushes may go on after SIGTERM')
      .argParser(parseSeconds)
      .default(90),
    new Option('--log-level <level>', 'least severe messages to log').choices(LOG_LEVELS).default('info'),
    new Option('--log-format <format>', 'how to log to standard error').choices(LOG_FORMATS).default('text'),
  ]
}

function git(): Option[] {
  return [
    new Option('--ssh-port <port>', 'port for git over SSH; 0 takes a free one').argParser(parsePort).default(2222),
    new Option('--git-address <host[:port]>', 'what clone URLs name; left out: where this process listens').argParser(
      parseAddress,
    ),
    new Option('--repositories <folder>', 'folder of the repositories'),
    new Option('--host-key <file>', "the SSH server's private key; made where there is none"),
    new Option(
      '--docker <urls>',
      'Docker daemons that build: unix:///path or tcp://host:port, several with commas',
    ).argParser(parseDaemons),
    new Option(
      '--docker-cert-path <folder>',
      'folder with ca.pem, cert.pem and key.pem for the daemons at tcp:// and https://',
    ),
    new Option('--registry <address>', 'where images are kept: host:port, or host:port/prefix').argParser(
      parseRegistry,
    ),
    new Option('--registry-config <file>', 'docker configuration file with a login for the registry'),
    new Option('--registry-scheme <scheme>', 'how the registry is spoken to; http for a loopback address in any case')
      .choices(['https', 'http'])
      .default('https'),
    new Option('--builds <count>', 'builds at one time').argParser(parsePositive).default(4),
    new Option('--builds-per-customer <count>', 'of them for one customer').argParser(parsePositive).default(2),
    new Option('--build-seconds <seconds>', 'the longest time of a build').argParser(parseSeconds).default(900),
    new Option(
      '--build-memory-mib <mebibytes>',
      "the most memory of a build's step, for which Docker's classic builder is used; left out: no limit",
    ).argParser(parsePositive),
    new Option('--max-tree-mib <mebibytes>', 'the largest tree that can be pushed')
      .argParser(parsePositive)
      .default(1024),
    reclaimPolicyOption(),
  ]
}

function sites(): Option[] {
  return [
    new Option('--domain <domain>', 'sites without a domain of their own are at NAME.domain')
      .argParser(parseHost)
      .default('localhost'),
    new Option('--scheme <scheme>', 'of the URLs of sites').choices(['http', 'https']).default('http'),
    new Option('--ingress-class <name>', "class of the Ingresses; left out: the cluster's default"),
    new RepeatableOption(
      '--ingress-annotation <key=value>',
      'put on every Ingress; may be repeated (lines, in the environment)',
    )
      .argParser(collectAnnotations)
      .default({}, 'none'),
    new RepeatableOption(
      '--ingress-from <source>',
      'what may reach the sites: labels of namespaces, as key=value,…, or a CIDR; may be repeated (lines, in the ' +
        "environment); left out: every namespace that is not a customer's",
    )
      .argParser(collectSources)
      .default([], 'none'),
    new Option('--progress-deadline <seconds>', 'how long a rollout may make no progress before it has failed')
      .argParser(parseSeconds)
      .default(120),
  ]
}
