local labels(name, team) = { app: name, team: 'team-%d' % team } + { managed: 'yes' };
local variable(name, j) = { name: 'VAR_' + j, value: name + '-' + j };
local container(name, k) = {
  name: 'c' + k,
  image: 'registry.example.com/team/' + name + ':' + k,
  ports: [{ containerPort: 8000 + k }],
  env: [variable(name, j) for j in std.range(0, 4)],
  resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '250m', memory: '256Mi' } },
};
local deployment(region, i) = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app-' + region + '-' + i, namespace: region, labels: labels('app-' + i, i % 7) },
  spec: {
    replicas: if region == 'eu' then 3 else i % 5 + 1,
    selector: { matchLabels: labels('app-' + i, i % 7) },
    template: {
      metadata: { labels: labels('app-' + i, i % 7) },
      spec: { containers: [container('app-' + i, k) for k in std.range(0, 1)] },
    },
  },
};
{ result: [deployment(region, i) for region in ['eu', 'us', 'ap', 'sa'] for i in std.range(0, 2499)] }
