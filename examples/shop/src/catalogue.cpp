#include "catalogue.h"

namespace shop {

const std::vector<Item>& Items() {
  static const std::vector<Item> items = {
      {"tea", "Green tea", 490},
      {"pot", "Tea pot", 2900},
      {"cup", "Cup", 750},
  };
  return items;
}

std::optional<Item> FindItem(const std::string& id) {
  for (const Item& item : Items()) {
    if (item.id == id) return item;
  }
  return std::nullopt;
}

std::optional<int> TotalCents(const std::map<std::string, int>& cart) {
  int total = 0;
  for (const auto& [id, count] : cart) {
    auto item = FindItem(id);
    if (!item || count <= 0) return std::nullopt;
    int price = item->cents * count;
    total += count >= 10 ? price - price / 10 : price;
  }
  return total;
}

std::string ToJson(const Item& item) {
  return "{\"id\":\"" + item.id + "\",\"title\":\"" + item.title +
         "\",\"cents\":" + std::to_string(item.cents) + "}";
}

}  // namespace shop
