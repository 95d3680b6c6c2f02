#include "runtime/exec/schedule.h"

#include <algorithm>

namespace opsc {

void Schedule::Needs(size_t item, size_t needed) {
  items_[needed].dependents.push_back(static_cast<uint32_t>(item));
  ++items_[item].missing;
}

bool Schedule::Begin() {
  std::vector<uint32_t> missing;
  std::vector<uint32_t> order;
  order.reserve(items_.size());
  for (size_t i = 0; i < items_.size(); ++i) {
    missing.push_back(items_[i].missing);
    if (missing[i] == 0) order.push_back(static_cast<uint32_t>(i));
  }
  for (size_t k = 0; k < order.size(); ++k) {
    for (uint32_t dependent : items_[order[k]].dependents) {
      if (--missing[dependent] == 0) order.push_back(dependent);
    }
  }
  if (order.size() != items_.size()) return false;
  for (size_t k = order.size(); k-- > 0;) {
    ApplyItem& item = items_[order[k]];
    for (uint32_t dependent : item.dependents) {
      item.way = std::max(item.way, items_[dependent].way);
    }
    item.way += item.own;
  }
  for (size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].missing == 0) ready_.emplace(items_[i].way, -static_cast<int64_t>(i));
  }
  return true;
}

std::optional<size_t> Schedule::Next() {
  if (ready_.empty()) return std::nullopt;
  auto item = static_cast<size_t>(-ready_.top().second);
  ready_.pop();
  return item;
}

void Schedule::Done(size_t item) {
  ++done_;
  for (uint32_t dependent : items_[item].dependents) {
    if (--items_[dependent].missing == 0) {
      ready_.emplace(items_[dependent].way, -static_cast<int64_t>(dependent));
    }
  }
}

std::optional<size_t> Lane::Pop() {
  if (waiting_.empty() || room_ == 0) return std::nullopt;
  auto item = static_cast<size_t>(-waiting_.top().second);
  waiting_.pop();
  --room_;
  return item;
}

void Lane::Drain(std::vector<size_t>& out) {
  for (; !waiting_.empty(); waiting_.pop()) {
    out.push_back(static_cast<size_t>(-waiting_.top().second));
  }
}

double CpuQueue::Clamp(double cpu) const {
  return std::clamp(cpu, 0.0, all_);
}

void CpuQueue::Push(size_t item, int64_t way, double cpu) {
  waiting_[Clamp(cpu)].emplace(way, -static_cast<int64_t>(item));
}

std::optional<size_t> CpuQueue::Pop() {
  constexpr double kRounding = 1e-9;
  auto best = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end() && it->first <= free_ + kRounding; ++it) {
    if (best == waiting_.end() || it->second.top() > best->second.top()) best = it;
  }
  if (best == waiting_.end()) return std::nullopt;
  auto item = static_cast<size_t>(-best->second.top().second);
  free_ -= best->first;
  best->second.pop();
  if (best->second.empty()) waiting_.erase(best);
  return item;
}

void CpuQueue::Drain(std::vector<size_t>& out) {
  for (auto& [cpu, queue] : waiting_) {
    for (; !queue.empty(); queue.pop()) {
      out.push_back(static_cast<size_t>(-queue.top().second));
    }
  }
  waiting_.clear();
}

}  // namespace opsc
