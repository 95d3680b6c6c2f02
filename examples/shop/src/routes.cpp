#include "routes.h"

#include <charconv>
#include <map>

#include "catalogue.h"

namespace shop {
namespace {

const char kVersion[] = "1.0";

// "tea=2&cup=1"
std::map<std::string, int> ParseCart(const std::string& query) {
  std::map<std::string, int> cart;
  size_t begin = 0;
  while (begin < query.size()) {
    size_t end = std::min(query.find('&', begin), query.size());
    size_t equals = std::min(query.find('=', begin), end);
    int count = 0;
    if (equals < end) {
      std::from_chars(query.data() + equals + 1, query.data() + end, count);
    }
    cart[query.substr(begin, equals - begin)] = count;
    begin = end + 1;
  }
  return cart;
}

Response ListItems() {
  std::string body = "[";
  for (const Item& item : Items()) {
    if (body.size() > 1) body += ",";
    body += ToJson(item);
  }
  return {200, body + "]\n"};
}

}  // namespace

Response Handle(const std::string& method, const std::string& target) {
  if (method != "GET") return {405, "{\"error\":\"method\"}\n"};
  std::string path = target.substr(0, target.find('?'));
  std::string query = path.size() < target.size() ? target.substr(path.size() + 1) : "";
  if (path == "/health") return {200, std::string("ok ") + kVersion + "\n"};
  if (path == "/items") return ListItems();
  if (path == "/total") {
    auto total = TotalCents(ParseCart(query));
    if (!total) return {400, "{\"error\":\"cart\"}\n"};
    return {200, "{\"cents\":" + std::to_string(*total) + "}\n"};
  }
  if (path.starts_with("/items/")) {
    auto item = FindItem(path.substr(7));
    if (item) return {200, ToJson(*item) + "\n"};
  }
  return {404, "{\"error\":\"not found\"}\n"};
}

}  // namespace shop
