// The tree of instances: what is declared and what is recorded, by project.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { instancesOf, stateText, valueText, type GraphNode, type Instance, type Recorded, type State, type Status } from './instances';
import { projectOf } from './locate';
import { json, program } from './opsc';

const icons: Record<State, [string, string?]> = {
  new: ['circle-outline'],
  applied: ['pass', 'testing.iconPassed'],
  orphaned: ['trash', 'list.warningForeground'],
  tainted: ['error', 'list.errorForeground'],
  interrupted: ['debug-disconnect', 'list.warningForeground'],
  up: ['vm-running', 'testing.iconPassed'],
  down: ['vm-outline', 'list.errorForeground'],
  unknown: ['question'],
};

class ProjectItem extends vscode.TreeItem {
  constructor(readonly project: string) {
    super(vscode.workspace.asRelativePath(project), vscode.TreeItemCollapsibleState.Expanded);
    this.iconPath = new vscode.ThemeIcon('folder');
    this.contextValue = 'project';
  }
}

export class InstanceItem extends vscode.TreeItem {
  constructor(
    readonly project: string,
    readonly instance: Instance,
  ) {
    const outs = Object.keys(instance.outs).length;
    super(
      instance.address,
      outs > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
    );
    const [icon, color] = icons[instance.state];
    this.id = `${project}\0${instance.address}`;
    this.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
    const runs = ['task', 'action', 'pipeline'].includes(instance.type) ? '.runs' : '';
    // What runs is recorded in the history, not in the state.
    const isSilent = runs !== '' && instance.state === 'new';
    this.description = isSilent ? instance.type : `${instance.type} · ${stateText[instance.state]}`;
    const logs = ['task', 'action', 'service'].includes(instance.type) && instance.state !== 'new' ? '.logs' : '';
    this.contextValue = `instance${runs}${logs}${instance.origin ? '.declared' : ''}`;
    if (instance.origin) this.command = { command: 'ops.reveal', title: 'Go to declaration', arguments: [this] };
    this.tooltip = this.text();
  }

  private text(): vscode.MarkdownString {
    const { instance } = this;
    const text = new vscode.MarkdownString(`**${instance.address}** \`${instance.type}\` — ${stateText[instance.state]}`);
    if (instance.doc) text.appendMarkdown(`\n\n${instance.doc}`);
    if (instance.needs.length > 0) text.appendMarkdown(`\n\nneeds ${instance.needs.map((a) => `\`${a}\``).join(', ')}`);
    if (instance.protect) text.appendMarkdown('\n\nprotected: never deleted or replaced');
    return text;
  }
}

class OutItem extends vscode.TreeItem {
  constructor(name: string, value: unknown) {
    super(name);
    this.description = valueText(value);
    this.tooltip = `${name}: ${valueText(value)}`;
    this.iconPath = new vscode.ThemeIcon('symbol-field');
  }
}

type Item = ProjectItem | InstanceItem | OutItem;

// What was declared when the sources of a project had no errors last.
const declared = new Map<string, GraphNode[]>();

async function instancesIn(project: string): Promise<Instance[]> {
  if (program() === undefined) return [];
  const [graph, recorded, status] = await Promise.all([
    json<{ nodes: GraphNode[] }>(project, ['graph', '--format', 'json']),
    json<Recorded[]>(project, ['state', 'list', '--json']),
    json<Status>(project, ['status', '--json']),
  ]);
  if (graph) declared.set(project, graph.nodes);
  return instancesOf(declared.get(project), recorded ?? [], status ?? {});
}

export class InstancesView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private timer: NodeJS.Timeout | undefined;
  private known: Map<string, Instance[]> | undefined; // by project, as shown
  private loading: Promise<void> = Promise.resolve();

  // The tree changes when what it shows has changed: one that is used stands still.
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.loading = this.loading.then(() => this.load())), 300);
  }

  private async load(): Promise<void> {
    const now = await this.all();
    const same = this.known !== undefined && JSON.stringify([...this.known]) === JSON.stringify([...now]);
    this.known = now;
    if (!same) this.changed.fire();
  }

  private async all(): Promise<Map<string, Instance[]>> {
    if (!vscode.workspace.isTrusted) return new Map();
    const projects = await this.projects();
    return new Map(await Promise.all(projects.map(async (project) => [project, await instancesIn(project)] as const)));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  async projects(): Promise<string[]> {
    const files = await vscode.workspace.findFiles('**/*.ops', '**/{node_modules,.ops,build}/**', 500);
    const projects = files.map((file) => {
      const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath;
      return projectOf(file.fsPath, folder ?? path.dirname(file.fsPath));
    });
    return [...new Set(projects)].sort();
  }

  getTreeItem(item: Item): vscode.TreeItem {
    return item;
  }

  async getChildren(item?: Item): Promise<Item[]> {
    if (!vscode.workspace.isTrusted) return [];
    if (item === undefined) {
      this.known ??= await this.all();
      const projects = [...this.known.keys()];
      if (projects.length > 1) return projects.map((project) => new ProjectItem(project));
      return projects.length === 0 ? [] : this.getChildren(new ProjectItem(projects[0]));
    }
    if (item instanceof ProjectItem) {
      return (this.known?.get(item.project) ?? []).map((instance) => new InstanceItem(item.project, instance));
    }
    if (!(item instanceof InstanceItem)) return [];
    return Object.entries(item.instance.outs).map(([name, value]) => new OutItem(name, value));
  }
}
