#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "state/store_conformance.hpp"
#include "state/store_search_conformance.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace parley::state_sqlite {
namespace {

class FileHome final : public state::StoreHome {
 public:
  FileHome() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-state-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~FileHome() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Result<std::unique_ptr<state::Store>> open() override {
    return state_sqlite::open(directory_ / "state.sqlite");
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace
}  // namespace parley::state_sqlite

namespace parley::state {
INSTANTIATE_TEST_SUITE_P(state_sqlite, StoreConformance,
                         testing::Values(StoreDriver{
                             "file", [] { return std::make_unique<state_sqlite::FileHome>(); }}),
                         [](const auto& param) { return param.param.name; });
INSTANTIATE_TEST_SUITE_P(state_sqlite, CollectionConformance,
                         testing::Values(StoreDriver{
                             "file", [] { return std::make_unique<state_sqlite::FileHome>(); }}),
                         [](const auto& param) { return param.param.name; });
INSTANTIATE_TEST_SUITE_P(state_sqlite, SearchConformance,
                         testing::Values(StoreDriver{
                             "file", [] { return std::make_unique<state_sqlite::FileHome>(); }}),
                         [](const auto& param) { return param.param.name; });
}  // namespace parley::state
