#include "compiler/driver/command/init_templates.h"

namespace opsc {
namespace {

constexpr TemplateFile kCi[] = {
    {"main.ops", R"(edition 2026

/// What the page calls itself.
param version: string(1..20, /^[0-9a-z.]+$/) = "0.1.0"

/// Make the page. Only what `inputs` names is visible to the command.
task build {
  inputs: files("src/**")
  run: """
    mkdir -p out
    echo "version ${version}" > out/page.txt
    cat src/*.txt >> out/page.txt
    """
  out page: file = "out/page.txt"
}

/// Each word has to stand in the page.
for word in ["hello", "world"] {
  task check[word] {
    run: ["grep", "-i", word, build.page]
  }
}

/// `opsc run ci` runs what is not yet known to be fine.
pipeline ci {
  on: [push(), manual()]
  goals: [check["hello"], check["world"]]
}

/// The page as a resource: `opsc apply` puts it there and keeps it as it should be.
file release {
  path: "release/page.txt"
  content: build.page
}

/// `opsc test` evaluates the program and touches nothing.
test release_is_readable {
  expect: m => m.release.mode == "644"
}
)"},
    {"src/page.txt", "Hello, world.\n"},
    {".gitignore", ".ops/\nrelease/\n"},
};

constexpr TemplateFile kFull[] = {
    {"main.ops", R"(edition 2026

/// Where this goes.
param env: "dev" | "prod" = "dev"
param port: int(1024..65535) = 18080

let greeting = if env == "prod" then "Welcome" else "Hello from ${env}"

environment prod { params: { env: "prod" } }

/// Make the page. Only what `inputs` names is visible to the command.
task build {
  inputs: files("src/**")
  run: """
    mkdir -p out
    { echo "${greeting}"; cat src/page.txt; } > out/page.txt
    """
  out page: file = "out/page.txt"
}

/// What is looked for in the page has to be there.
for word in ["page", "opsc"] {
  task check[word] {
    run: ["grep", "-i", word, build.page]
  }
}

directory site { path: "site" }

file page {
  path: "site/index.txt"
  content: build.page
  after: [site]
}

file settings {
  path: "site/settings.conf"
  content: """
    env = ${env}
    port = ${port}
    """
  mode: "600"
  after: [site]
}

/// A process that outlives opsc and is restarted when it ends. `opsc logs clock` shows what it says.
service clock {
  run: "while :; do date; sleep 5; done"
  env: { TZ: "UTC" }
}

pipeline release {
  on: [push(branch: "main"), manual()]
  goals: [check["page"], check["opsc"], page, settings, clock]
}

/// Nothing that is deployed may be writable for everybody.
policy not_world_writable {
  over: all(file)
  require: f => f.mode != "666" and f.mode != "777"
  message: "a file is not writable for everybody"
}

test prod_greets_politely {
  with: { env: "prod" }
  expect: m => m.greeting == "Welcome"
}

out site_files: [string] = [page.path, settings.path]
)"},
    {"src/page.txt", "This page was made by opsc.\n"},
    {".gitignore", ".ops/\nsite/\n"},
};

}  // namespace

std::span<const TemplateFile> TemplateFiles(std::string_view name) {
  if (name == "ci") return kCi;
  if (name == "full") return kFull;
  return {};
}

}  // namespace opsc
