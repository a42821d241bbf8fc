// A map of limited size: when it is full, the entry used longest ago makes room. Holds what an agent keeps open. Not
// synchronised.
#pragma once

#include <cassert>
#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace tandem::base {

template <class Key, class Value>
class Lru {
 public:
  explicit Lru(std::size_t capacity) : capacity_(capacity) { assert(capacity > 0); }

  // The value of `key`, which becomes the most recently used; nullptr when absent. Valid until the next put().
  Value* find(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // Adds or replaces the value of `key`, which becomes the most recently used.
  void put(const Key& key, Value value) {
    if (Value* const held = find(key)) {
      *held = std::move(value);
      return;
    }
    if (entries_.size() == capacity_) drop_oldest();
    entries_.emplace_front(key, std::move(value));
    places_.emplace(key, entries_.begin());
  }

  bool drop_oldest() {  // the least recently used entry; false where there is none
    if (entries_.empty()) return false;
    places_.erase(entries_.back().first);
    entries_.pop_back();
    return true;
  }

  std::size_t size() const { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<Key, Value>>;

  std::size_t capacity_;
  Entries entries_;  // most recently used first
  std::map<Key, typename Entries::iterator> places_;
};

}  // namespace tandem::base
