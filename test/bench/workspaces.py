"""Workspaces of the same shape in several languages: folders of files with groups of 23 to 25 lines, of which
each group declares a type, a value of it, something computed, and uses what another file declares."""


class Ops:
    language, options, says_nothing_of_good_files = "ops", {}, False
    path, other = "m03/f4.ops", "m07/f5.ops"
    edit = ("retries: 2 // 43", 'retries: "" // 43')
    new_line_at, new_line = "// spare\n", 'let more = [for x in [1, 2] if x > 1: "${x}"]\n'
    hover = ("conf_4_2.host", 2)
    to_complete = ("let port_4_3 = conf_4_3.port", "let port_4_3 = conf_4_3.")
    complete = ("let port_4_3 = conf_4_3.", len("let port_4_3 = conf_4_3."))

    GROUP = '''
/// What service {i} of file {j} needs.
type Conf_{j}_{i} {{
  host: string(1..63)
  port: int(1..65535) = 80
  labels: {{string: string}} = {{}}
}}

let conf_{j}_{i}: Conf_{j}_{i} = {{ host: "h{j}-{i}", labels: {{ tier: "web" }} }}
let port_{j}_{i} = conf_{j}_{i}.port
let url_{j}_{i} = "http://${{conf_{j}_{i}.host}}:${{port_{j}_{i}}}/"

/// The other one, too.
fn twice_{j}_{i}(n: int) -> int = n * 2 + {i}

task build_{j}_{i} {{
  inputs: files("src/{j}/{i}/**")
  run: "make ${{url_{k}_{i}}} N=${{twice_{k}_{i}(port_{j}_{i})}}"
  retries: 2 // {j}{i}
  limits: {{ cpu: 2.0, memory: 1GiB, timeout: 10min }}
  env: {{ MODE: "release", LEVEL: "{i}" }}
  out app: file = "out/app{i}"
}}
'''

    @classmethod
    def write(cls, root, folders, files, groups):
        for m in range(folders):
            folder = root / f"m{m:02}"
            folder.mkdir(parents=True)
            for j in range(files):
                head = "edition 2026\n// spare\n"
                text = "".join(cls.GROUP.format(i=i, j=j, k=(j + 1) % files) for i in range(groups))
                (folder / f"f{j}.ops").write_text(head + text)
        imports = "".join(f'import "./m{m:02}" as m{m:02}\n' for m in range(folders))
        outs = "".join(f"let all_{m:02} = m{m:02}.port_1_1\n" for m in range(folders))
        (root / "main.ops").write_text("edition 2026\n" + imports + outs)


class Go:
    language, options, says_nothing_of_good_files = "go", {}, False
    path, other = "m03/f4.go", "m07/f5.go"
    edit = ("Retries: 2, // 43", 'Retries: "", // 43')
    new_line_at, new_line = "// spare\n", 'var more = func(n int) string { if n > 1 { return "x" }; return "y" }(2)\n'
    hover = ("conf_4_2.Host", 2)
    to_complete = ("var port_4_3 = conf_4_3.Port", "var port_4_3 = conf_4_3.")
    complete = ("var port_4_3 = conf_4_3.", len("var port_4_3 = conf_4_3."))

    GROUP = '''
// What service {i} of file {j} needs.
type Conf_{j}_{i} struct {{
	Host   string
	Port   int
	Labels map[string]string
}}

var conf_{j}_{i} = Conf_{j}_{i}{{Host: "h{j}-{i}", Port: 80, Labels: map[string]string{{"tier": "web"}}}}
var port_{j}_{i} = conf_{j}_{i}.Port
var url_{j}_{i} = "http://" + conf_{j}_{i}.Host + ":" + strconv.Itoa(port_{j}_{i}) + "/"

// The other one, too.
func twice_{j}_{i}(n int) int {{ return n*2 + {i} }}

var Build_{j}_{i} = Task{{
	Inputs:  []string{{"src/{j}/{i}/**"}},
	Run:     "make " + url_{k}_{i} + " N=" + strconv.Itoa(twice_{k}_{i}(port_{j}_{i})),
	Retries: 2, // {j}{i}
	Limits:  Limits{{Cpu: 2.0, Memory: 1 << 30, Timeout: 600}},
	Env:     map[string]string{{"MODE": "release", "LEVEL": "{i}"}},
	Out:     "out/app{i}",
}}
'''
    TASK = '''package {m}

type Limits struct {{
	Cpu     float64
	Memory  int
	Timeout int
}}
type Task struct {{
	Inputs  []string
	Run     string
	Retries int
	Limits  Limits
	Env     map[string]string
	Out     string
}}
'''

    @classmethod
    def write(cls, root, folders, files, groups):
        for m in range(folders):
            folder = root / f"m{m:02}"
            folder.mkdir(parents=True)
            for j in range(files):
                head = f'package m{m:02}\n\nimport "strconv"\n\n// spare\n'
                text = "".join(cls.GROUP.format(i=i, j=j, k=(j + 1) % files) for i in range(groups))
                (folder / f"f{j}.go").write_text(head + text)
            (folder / "task.go").write_text(cls.TASK.format(m=f"m{m:02}"))
        (root / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
        imports = "".join(f'\t"example.com/bench/m{m:02}"\n' for m in range(folders))
        uses = "".join(f"\t_ = m{m:02}.Build_1_1\n" for m in range(folders))
        (root / "main.go").write_text(f"package main\n\nimport (\n{imports})\n\nfunc main() {{\n{uses}}}\n")


class Terraform:
    language, options, says_nothing_of_good_files = "terraform", {}, True
    path, other = "m03/f4.tf", "m07/f5.tf"
    edit = ("local.url_5_3 # 43", "local.url_5_3 ] # 43")
    new_line_at, new_line = "# spare\n", None
    hover = ('variable "conf_4_2"', 2)
    to_complete = ("port_4_3 = local.conf_4_3.port", "port_4_3 = local.")
    complete = ("port_4_3 = local.", len("port_4_3 = local."))

    GROUP = '''
# What service {i} of file {j} needs.
variable "conf_{j}_{i}" {{
  type = object({{
    host   = string
    port   = number
    labels = map(string)
  }})
  default = {{ host = "h{j}-{i}", port = 80, labels = {{ tier = "web" }} }}
}}

locals {{
  conf_{j}_{i} = var.conf_{j}_{i}
  port_{j}_{i} = local.conf_{j}_{i}.port
  url_{j}_{i}  = "http://${{local.conf_{j}_{i}.host}}:${{local.port_{j}_{i}}}/"
}}

resource "terraform_data" "build_{j}_{i}" {{
  triggers_replace = local.port_{j}_{i}
  input            = local.url_{k}_{i} # {j}{i}
}}

output "app_{j}_{i}" {{
  value = terraform_data.build_{j}_{i}.output
}}
'''

    @classmethod
    def write(cls, root, folders, files, groups):
        for m in range(folders):
            folder = root / f"m{m:02}"
            folder.mkdir(parents=True)
            for j in range(files):
                text = "".join(cls.GROUP.format(i=i, j=j, k=(j + 1) % files) for i in range(groups))
                (folder / f"f{j}.tf").write_text("# spare\n" + text)
        (root / "main.tf").write_text("".join(f'module "m{m:02}" {{\n  source = "./m{m:02}"\n}}\n'
                                              for m in range(folders)))


class Cue:
    language, options, says_nothing_of_good_files = "cue", {}, True
    path, other = "m03/f4.cue", "m07/f5.cue"
    edit = ("retries: 2 // 43", "retries: ] // 43")
    new_line_at, new_line = "// spare\n", None
    hover = ("conf_4_2.host", 2)
    to_complete = ("port_4_3: conf_4_3.port", "port_4_3: conf_4_3.")
    complete = ("port_4_3: conf_4_3.", len("port_4_3: conf_4_3."))

    GROUP = '''
// What service {i} of file {j} needs.
#Conf_{j}_{i}: {{
	host: string
	port: int & >=1 & <=65535 | *80
	labels: [string]: string
}}

conf_{j}_{i}: #Conf_{j}_{i} & {{host: "h{j}-{i}", labels: tier: "web"}}
port_{j}_{i}: conf_{j}_{i}.port
url_{j}_{i}:  "http://\\(conf_{j}_{i}.host):\\(port_{j}_{i})/"

// The other one, too.
twice_{j}_{i}: port_{j}_{i} * 2 + {i}

build_{j}_{i}: #Task & {{
	inputs: ["src/{j}/{i}/**"]
	run:     "make \\(url_{k}_{i}) N=\\(twice_{k}_{i})"
	retries: 2 // {j}{i}
	limits: {{cpu: 2.0, memory: 1073741824, timeout: 600}}
	env: {{MODE: "release", LEVEL: "{i}"}}
	out: "out/app{i}"
}}
'''
    TASK = '''package {m}

#Task: {{
	inputs: [...string]
	run:     string
	retries: int
	limits: {{cpu: float, memory: int, timeout: int}}
	env: [string]: string
	out: string
}}
'''

    @classmethod
    def write(cls, root, folders, files, groups):
        (root / "cue.mod").mkdir(parents=True)
        (root / "cue.mod/module.cue").write_text('module: "example.com/bench"\nlanguage: version: "v0.12.0"\n')
        for m in range(folders):
            folder = root / f"m{m:02}"
            folder.mkdir()
            for j in range(files):
                text = "".join(cls.GROUP.format(i=i, j=j, k=(j + 1) % files) for i in range(groups))
                (folder / f"f{j}.cue").write_text(f"package m{m:02}\n// spare\n" + text)
            (folder / "task.cue").write_text(cls.TASK.format(m=f"m{m:02}"))


class Yaml:
    language, options, says_nothing_of_good_files = "yaml", {}, False
    path, other = "m03/f4.yaml", "m07/f5.yaml"
    edit = ("retries: 2 # 43", "retries: x # 43")
    new_line_at, new_line = "# spare\n", None
    hover = ("host: h4-2", 2)
    to_complete = ("    level: release # 43", "    le # 43")
    complete = ("    le # 43", 6)

    GROUP = '''
# What service {i} of file {j} needs.
build_{j}_{i}:
  conf:
    host: h{j}-{i}
    port: 80
    labels:
      tier: web
  url: http://h{j}-{i}:80/
  # The other one, too.
  inputs:
    - src/{j}/{i}/a
    - src/{j}/{i}/b
    - src/{j}/{i}/c
  run: make N=2
  retries: 2 # {j}{i}
  limits:
    cpu: 2.0
    memory: 1073741824
    timeout: 600
  env:
    mode: release
    level: release # {j}{i}
  out: out/app{i}
'''
    SCHEMA = '''{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": {
  "type": "object", "additionalProperties": false, "properties": {
    "conf": {"type": "object", "additionalProperties": false, "properties": {
      "host": {"type": "string", "maxLength": 63, "description": "Where it listens."},
      "port": {"type": "integer", "minimum": 1, "maximum": 65535},
      "labels": {"type": "object", "additionalProperties": {"type": "string"}}}},
    "url": {"type": "string"}, "inputs": {"type": "array", "items": {"type": "string"}}, "run": {"type": "string"},
    "retries": {"type": "integer", "minimum": 0}, "limits": {"type": "object", "properties": {
      "cpu": {"type": "number"}, "memory": {"type": "integer"}, "timeout": {"type": "integer"}}},
    "env": {"type": "object", "properties": {"mode": {"type": "string"}, "level": {"type": "string"}}},
    "out": {"type": "string"}}}}
'''

    @classmethod
    def write(cls, root, folders, files, groups):
        for m in range(folders):
            folder = root / f"m{m:02}"
            folder.mkdir(parents=True)
            for j in range(files):
                text = "".join(cls.GROUP.format(i=i, j=j) for i in range(groups))
                (folder / f"f{j}.yaml").write_text(
                    "# yaml-language-server: $schema=../schema.json\n# spare\n" + text)
        (root / "schema.json").write_text(cls.SCHEMA)
