// Kernels against their reference, the evaluator: equal bit for bit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "compiler/eval/random_kernel.h"
#include "compiler/eval/test_program.h"
#include "compiler/kernel/encode.h"
#include "compiler/kernel/row_kernel.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

SchemaPtr SchemaAt(const TestProgram& program, const std::string& address) {
  const Value* rows = program.NodeAt(address).fields.Find("rows");
  auto schema = SchemaFromJsonText(ToJson(*rows, SecretPolicy::kRedact));
  EXPECT_TRUE(schema.has_value());
  return std::make_shared<RowSchema>(*schema);
}

std::unique_ptr<Kernel> KernelAt(const TestProgram& program, const std::string& address,
                                 KernelLoader& loader) {
  const Value* columns = program.NodeAt(address).fields.Find("columns");
  auto kernel = loader.Load(columns->AsString());
  EXPECT_TRUE(kernel.has_value()) << (kernel ? "" : kernel.error().message);
  return kernel ? *std::move(kernel) : nullptr;
}

// One value, exactly: "3ff8000000000000" for 1.5; all that is no number is one.
std::string Exactly(const Value& value) {
  if (value.is(ValueKind::kFloat) || value.is(ValueKind::kRatio)) {
    if (std::isnan(value.AsFloat())) return "nan";
    return fmt::format("{:016x}", std::bit_cast<uint64_t>(value.AsFloat()));
  }
  return ToText(value);
}

std::string Exactly(const Batch& batch, size_t row) {
  std::string text;
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    text += batch.schema->fields[i].name + "=" + Exactly(ValueAt(batch.columns[i], row)) + " ";
  }
  return text;
}

std::string ExactlyReference(const Value& record, const RowSchema& schema) {
  std::string text;
  for (const RowField& field : schema.fields) {
    const Value* value = record.Find(field.name);
    text += field.name + "=" + Exactly(value != nullptr ? *value : Value::Null()) + " ";
  }
  return text;
}

// The rows of the datasets that it looks at, in batches of odd sizes.
void BindAll(const TestProgram& program, Kernel& kernel, const RowTables& tables) {
  for (const KernelTable& table : kernel.tables()) {
    const std::vector<Value>& rows = tables.at(table.dataset);
    std::vector<Batch> batches;
    for (size_t at = 0; at < rows.size(); at += 37) {
      auto part = std::span(rows).subspan(at, std::min<size_t>(37, rows.size() - at));
      batches.push_back(*BatchOf(SchemaAt(program, table.dataset), part));
    }
    Status bound = kernel.Bind(table.dataset, batches);
    ASSERT_TRUE(bound.has_value()) << bound.error().message;
  }
}

// One function over the rows, both ways.
void Compare(TestProgram& program, KernelLoader& loader, const std::string& address,
             const SchemaPtr& schema, const std::vector<Value>& rows, const std::string& source,
             const RowTables& tables = {}) {
  auto kernel = KernelAt(program, address, loader);
  ASSERT_NE(kernel, nullptr);
  BindAll(program, *kernel, tables);
  std::vector<Value> good;
  std::vector<std::string> expected;
  size_t first_failure = SIZE_MAX;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto result = program.evaluation->RunOnRow(address, "columns", rows[i], tables);
    if (!result) {
      first_failure = std::min(first_failure, i);
      continue;
    }
    good.push_back(rows[i]);
    expected.push_back(ExactlyReference(*result, *kernel->output()));
  }
  Batch out;
  auto all = BatchOf(schema, rows);
  ASSERT_TRUE(all.has_value()) << all.error().message;
  Status run = kernel->Run(*Select(*all, kernel->input()), out);
  ASSERT_EQ(run.has_value(), first_failure == SIZE_MAX) << source;
  if (!run) {
    EXPECT_TRUE(run.error().message.starts_with(fmt::format("row {} ", first_failure)))
        << run.error().message << "\n"
        << source;
  }
  if (good.empty()) return;
  auto some = BatchOf(schema, good);
  run = kernel->Run(*Select(*some, kernel->input()), out);
  ASSERT_TRUE(run.has_value()) << run.error().message << "\n" << source;
  for (size_t i = 0; i < good.size(); ++i) {
    ASSERT_EQ(Exactly(out, i), expected[i]) << ToText(good[i]) << "\n" << source;
  }
  // One at a time, as a server has them: nothing of the rows before stays in the same batch.
  for (size_t i = 0; i < std::min<size_t>(good.size(), 8); ++i) {
    auto one = BatchOf(schema, std::span(good).subspan(i, 1));
    run = kernel->Run(*Select(*one, kernel->input()), out);
    ASSERT_TRUE(run.has_value()) << run.error().message << "\n" << source;
    ASSERT_EQ(Exactly(out, 0), expected[i]) << ToText(good[i]) << "\n" << source;
  }
}

TEST(Rows, AFeatureOfARealProgramRunsOverABatch) {
  TestProgram program(R"(
type Order {
  @key id: int
  @event_time @known_at at: time
  amount: float(0..)
  country: string?
  channel: "web" | "shop" = "web"
}
let home = "de"
fn scaled(x: float) -> float = log1p(x)
dataset orders { rows: Order }
features order_features {
  of: orders
  columns: o => {
    log_amount: scaled(o.amount)
    night: hour(o.at) < 6
    abroad: (o.country ?? home) != home
    size: match o.channel { "web" => "w", "shop" => lower("S") }
    twice: self.log_amount * 2
    known: o.country
  }
})");
  ASSERT_EQ(program.Problems(), "");
  auto loader = kernel::MakeKernelLoader();
  auto kernel = KernelAt(program, "order_features", *loader);
  ASSERT_NE(kernel, nullptr);
  std::vector<Value> rows;
  for (int64_t i = 0; i < 3000; ++i) {
    rows.push_back(Value::Record(
        {{Symbol("id"), Value::Int(i)},
         {Symbol("at"), Value::Time(i * 1'000'000'000'000)},
         {Symbol("amount"), Value::Float(static_cast<double>(i) / 7)},
         {Symbol("country"), i % 3 == 0 ? Value::Null() : Value::String(i % 3 == 1 ? "de" : "fr")},
         {Symbol("channel"), Value::String(i % 2 == 0 ? "web" : "shop")}}));
  }
  Compare(program, *loader, "order_features", SchemaAt(program, "orders"), rows, "");
  Batch out;
  auto in = BatchOf(SchemaAt(program, "orders"), rows);
  ASSERT_TRUE(kernel->Run(*Select(*in, kernel->input()), out).has_value());
  EXPECT_EQ(Exactly(out, 2), fmt::format("log_amount={} night=true abroad=true size=\"w\" twice={} "
                                         "known=\"fr\" ",
                                         Exactly(Value::Float(std::log1p(2.0 / 7))),
                                         Exactly(Value::Float(std::log1p(2.0 / 7) * 2))));
  EXPECT_TRUE(out.columns[5].IsNull(0));
}

// Random functions over random rows, run by the kernels of a loader and by the evaluator.
void CompareRandom(KernelLoader& loader, uint64_t seed, int functions, int depth) {
  Choices choices(seed);
  std::string source = RowDeclarations();
  std::vector<std::string> each;
  for (int f = 0; f < functions; ++f) {
    std::string name = fmt::format("f{}", each.size());
    std::string function = RandomFeatures(choices, name, 1 + f % depth);
    // A comparison that the checker knows the answer of (`0 == 7`) is refused: that is no function.
    if (TestProgram(RowDeclarations() + function).Problems().starts_with("OPS0316")) continue;
    source += function;
    each.push_back(std::move(function));
  }
  ASSERT_GT(each.size(), static_cast<size_t>(functions) / 2);
  TestProgram program(source);
  ASSERT_EQ(program.Problems(), "") << source;
  std::vector<Value> rows;
  for (int64_t i = 0; i < 60; ++i) rows.push_back(RandomRow(choices, i));
  SchemaPtr schema = SchemaAt(program, "rows");
  for (size_t f = 0; f < each.size(); ++f) {
    Compare(program, loader, fmt::format("f{}", f), schema, rows, each[f]);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Rows, RandomFunctionsAreTheSameBothWays) {
  auto loader = kernel::MakeKernelLoader();
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CompareRandom(*loader, seed, 25, 4);
    if (HasFatalFailure()) return;
  }
}

TEST(Rows, CompiledFunctionsAreTheSameAgain) {
  std::vector<std::string> said;
  kernel::NativeOptions options;
  options.say = [&](const std::string& why) { said.push_back(why); };
  for (size_t optimise_after : {size_t{0}, SIZE_MAX}) {
    options.optimise_after = optimise_after;
    auto loader = kernel::MakeNativeLoader(options);
    CompareRandom(*loader, 77, 30, 4);
    if (HasFatalFailure()) return;
  }
  EXPECT_TRUE(said.empty()) << said[0];
}

TEST(Rows, WithoutThePluginKernelsRunAndThatIsSaidOnce) {
  std::vector<std::string> said;
  kernel::NativeOptions options;
  options.plugin = "/nowhere/libopsc_jit.so";
  options.say = [&](const std::string& why) { said.push_back(why); };
  auto loader = kernel::MakeNativeLoader(options);
  CompareRandom(*loader, 78, 5, 3);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].starts_with("kernels are not compiled, which is slower: ")) << said[0];
}

constexpr std::string_view kWindows = R"(
type Order {
  @key id: int
  @event_time at: time
  @known_at loaded: time
  customer: int?
  region: string
  amount: float
  pieces: int
  note: string?
}
type Customer {
  @key id: int
  @event_time @known_at as_of: time
  region: string
}
dataset orders { rows: Order }
dataset customers { rows: Customer }
features looks {
  of: customers
  columns: c => {
    count: window(orders, by: o => o.customer == c.id, last: 7d).count()
    sum: window(orders, by: o => o.customer == c.id, last: 7d).sum(o => o.amount)
    mean: window(orders, by: o => o.customer == c.id, last: 7d).mean(o => o.amount * 2)
    least: window(orders, by: o => o.customer == c.id, last: 3d).min(o => o.amount)
    most: window(orders, by: o => c.id == o.customer, last: 20d).max(o => o.amount)
    newest: window(orders, by: o => o.customer == c.id, last: 2d).last(o => o.pieces)
    ever: window(orders, by: o => o.customer == c.id).sum(o => o.pieces)
    first_seen: window(orders, by: o => o.customer == c.id).min(o => o.at)
    here: window(orders, by: o => o.customer == c.id and lower(o.region) == c.region
      and o.amount > 0).count()
    all: window(orders, by: o => o.pieces > 2, last: 1d).max(o => o.pieces)
    where: as_of(orders, by: o => o.customer == c.id)?.region
    note: as_of(orders, by: o => o.customer == c.id)?.note ?? "none"
    known: as_of(orders, by: o => o.customer == c.id + 1) != null
    share: self.sum / (self.mean ?? 1.0)
  }
}
)";

constexpr int64_t kHourNs = 3'600'000'000'000;

// Orders that come late, are corrected under the same id, and share times.
std::vector<Value> RandomOrders(std::mt19937_64& random, size_t count) {
  std::vector<Value> orders;
  for (size_t i = 0; i < count; ++i) {
    auto at = static_cast<int64_t>(random() % (60 * 24)) * kHourNs;
    auto late = random() % 3 == 0 ? 0 : static_cast<int64_t>(random() % 240) * kHourNs;
    double amount = static_cast<double>(static_cast<int64_t>(random() % 2001) - 1000) / 7;
    if (random() % 150 == 0) amount = std::numeric_limits<double>::quiet_NaN();
    if (random() % 150 == 0) amount = std::numeric_limits<double>::infinity();
    if (random() % 20 == 0) amount = -0.0;
    auto customer = Value::Int(static_cast<int64_t>(random() % 7));
    orders.push_back(
        Value::Record({{Symbol("id"), Value::Int(static_cast<int64_t>(i / 2))},
                       {Symbol("at"), Value::Time(at)},
                       {Symbol("loaded"), Value::Time(at + late)},
                       {Symbol("customer"), random() % 9 == 0 ? Value::Null() : customer},
                       {Symbol("region"), Value::String(random() % 2 == 0 ? "EU" : "us")},
                       {Symbol("amount"), Value::Float(amount)},
                       {Symbol("pieces"), Value::Int(static_cast<int64_t>(random() % 9) - 2)},
                       {Symbol("note"), random() % 2 == 0 ? Value::Null() : Value::String("n")}}));
  }
  return orders;
}

std::vector<Value> RandomCustomers(std::mt19937_64& random, size_t count) {
  std::vector<Value> customers;
  for (size_t i = 0; i < count; ++i) {
    customers.push_back(Value::Record(
        {{Symbol("id"), Value::Int(static_cast<int64_t>(random() % 9))},
         {Symbol("as_of"), Value::Time(static_cast<int64_t>(random() % (70 * 24)) * kHourNs)},
         {Symbol("region"), Value::String(random() % 2 == 0 ? "eu" : "us")}}));
  }
  return customers;
}

TEST(Rows, WindowsSeeWhatHadHappenedAndWasKnown) {
  TestProgram program{std::string(kWindows)};
  ASSERT_EQ(program.Problems(), "");
  EXPECT_EQ(program.EdgesOf("looks"), "customers(of) orders(columns)");
  auto loader = kernel::MakeKernelLoader();
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    RowTables tables;
    tables["orders"] = RandomOrders(random, seed == 4 ? 0 : 250);
    std::vector<Value> customers = RandomCustomers(random, 90);
    Compare(program, *loader, "looks", SchemaAt(program, "customers"), customers, "", tables);
    if (HasFatalFailure()) return;
  }
}

TEST(Rows, AKernelIsTheSameAfterItsTextIsRead) {
  Choices choices(uint64_t{99});
  std::string source = RowDeclarations();
  for (int f = 0; f < 20; ++f) source += RandomFeatures(choices, fmt::format("f{}", f), 3);
  TestProgram program(source);
  ASSERT_EQ(program.Problems(), "") << source;
  for (int f = 0; f < 20; ++f) {
    std::string text(program.NodeAt(fmt::format("f{}", f)).fields.Find("columns")->AsString());
    auto read = kernel::Decode(text);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(kernel::Encode(*read), text);
    for (size_t cut = 1; cut < text.size(); cut += 7) {
      EXPECT_FALSE(kernel::Decode(text.substr(0, cut)).has_value());
    }
  }
}

}  // namespace
}  // namespace opsc
