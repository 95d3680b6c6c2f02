// What the shop sells, and what a cart of it costs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shop {

struct Item {
  std::string id;
  std::string title;
  int cents = 0;
};

const std::vector<Item>& Items();
std::optional<Item> FindItem(const std::string& id);

// Price of a cart (item id -> pieces) in cents; ten pieces or more of one item are 10 % cheaper.
// nullopt where an item does not exist or a count is not positive.
std::optional<int> TotalCents(const std::map<std::string, int>& cart);

std::string ToJson(const Item& item);

}  // namespace shop
