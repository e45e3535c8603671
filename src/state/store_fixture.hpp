#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "state/store.hpp"

/// What the conformance suite of stores works with: a home, and short ways to put and read.
namespace parley::state {

/// One place where a store lives: opening it again after the last one is gone finds the same records.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  virtual Result<std::unique_ptr<Store>> open() = 0;
};

struct StoreDriver {
  std::string name;
  std::function<std::unique_ptr<StoreHome>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const StoreDriver& driver) {
  return out << driver.name;
}

class StoreConformance : public testing::TestWithParam<StoreDriver> {
 protected:
  using Type = intel::SelectorType;
  using Kind = Outcome::Kind;

  void SetUp() override {
    home_ = GetParam().make();
    reopen();
  }
  void reopen() {
    store_.reset();
    auto opened = home_->open();
    ASSERT_TRUE(opened) << opened.error().text();
    store_ = std::move(*opened);
  }
  std::unique_ptr<Transaction> begin(Durability durability = Durability::buffered) {
    auto transaction = store_->begin(durability);
    EXPECT_TRUE(transaction) << transaction.error().text();
    return transaction ? std::move(*transaction) : nullptr;
  }
  std::unique_ptr<Reader> snapshot() {
    auto snapshot = store_->snapshot();
    EXPECT_TRUE(snapshot) << snapshot.error().text();
    return snapshot ? std::move(*snapshot) : nullptr;
  }
  template <class T>
  static T value(Result<T> result) {
    EXPECT_TRUE(result) << result.error().text();
    return result ? std::move(*result) : T{};
  }
  static void ok(const Result<void>& result) { EXPECT_TRUE(result) << result.error().text(); }

  static std::string uuid_id(const std::string& type, int n) {
    char tail[16];
    std::snprintf(tail, sizeof tail, "%012x", static_cast<unsigned>(n));
    return type + "--5b3a1f6e-0000-4000-8000-" + tail;
  }
  static NewObject object(const std::string& type, int n, const std::string& version = {}) {
    NewObject out;
    out.type = type;
    out.id = uuid_id(type, n);
    out.version = version;
    out.marking = MarkingCode::green;
    out.raw = R"({"type":")" + type + R"(","id":")" + out.id + R"(","modified":")" + version + R"("})";
    return out;
  }
  static NewHolding holding(Type type, std::string text, SourceId source = SourceId(1)) {
    NewHolding out;
    out.selector = {type, std::move(text)};
    out.source = source;
    out.marking = MarkingCode::green;
    out.first_seen = out.last_seen = Timestamp::from_seconds(1'700'000'000);
    return out;
  }
  static Source file_source(const std::string& name) {
    return {name, "file", "/in/" + name, std::string(64, 'a'), Timestamp::from_seconds(1'700'000'000)};
  }
  Outcome put_one(const NewObject& object, Remarking remarking = Remarking::keep_strictest) {
    auto transaction = begin();
    auto out = value(transaction->put_objects({&object, 1}, remarking));
    ok(transaction->commit());
    return out.at(0);
  }
  Outcome put_one(const NewHolding& holding, Remarking remarking = Remarking::keep_strictest) {
    auto transaction = begin();
    auto out = value(transaction->put_holdings({&holding, 1}, remarking));
    ok(transaction->commit());
    return out.at(0);
  }
  std::vector<SelectorSummary> all_selectors(std::vector<Type> types) {
    std::vector<SelectorSummary> out;
    ok(snapshot()->for_each_selector(types, [&](const SelectorSummary& summary) {
      out.push_back(summary);
      return true;
    }));
    return out;
  }

  std::unique_ptr<StoreHome> home_;
  std::unique_ptr<Store> store_;
};

}  // namespace parley::state
