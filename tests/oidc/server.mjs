// A certified OpenID Connect provider for tests. It prints its issuer, serves until its input ends, and knows everybody:
// whoever signs in as NAME is NAME@family.org, verified unless the name begins with "unverified".
// argv[2]: {"redirects": [...], "conform": true keeps e-mail and name out of the id token, as most providers do}
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { redirects, conform } = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'fintwin',
      client_secret: 'a secret of the tests',
      redirect_uris: redirects,
    }],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'picture'] },
    conformIdTokenClaims: conform,
    pkce: { required: () => true },
    cookies: { keys: ['a key of the tests'] },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: sub[0].toUpperCase() + sub.slice(1),
        email: `${sub}@family.org`,
        email_verified: !sub.startsWith('unverified'),
      }),
    }),
  });
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
