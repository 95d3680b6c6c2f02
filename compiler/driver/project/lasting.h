// What lives as long as the process.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace opsc {

// Keeps `object` until the process ends, and leaves it to the system then: to take a program of
// many values apart one by one takes a third of the time that it took to make. For commands that
// answer once and end; what runs on must free what it no longer needs.
// Still reachable, so that leak checkers know that it is meant.
template <typename T>
T& Lasting(std::unique_ptr<T> object) {
  static auto& kept = *new std::vector<std::unique_ptr<T>>();
  return *kept.emplace_back(std::move(object));
}

}  // namespace opsc
