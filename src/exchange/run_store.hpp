#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::exchange {

/// The longest record of a sealed run, in bytes: one chunk of a matching protocol, sealed.
inline constexpr std::size_t max_run_record_bytes = (1U << 20) + 128;

/// Where sealed runs lie: for each run one append-only list of opaque records. It never sees a key and needs
/// no sync: a run that a crash cut short has no result either, and its audit says "not shown".
class RunStore {
 public:
  virtual ~RunStore() = default;
  virtual Result<void> append(std::string_view run, BytesView record) = 0;
  /// Calls `visit` with every whole record in order; `not_found` when there is no such run.
  virtual Result<void> read(std::string_view run,
                            const std::function<Result<void>(BytesView)>& visit) const = 0;
  /// No error when there is none.
  virtual Result<void> erase(std::string_view run) = 0;
};

/// In memory, for a node without a home.
class MemoryRunStore final : public RunStore {
 public:
  Result<void> append(std::string_view run, BytesView record) override;
  Result<void> read(std::string_view run, const std::function<Result<void>(BytesView)>& visit) const override;
  Result<void> erase(std::string_view run) override;

 private:
  std::map<std::string, std::vector<Bytes>, std::less<>> runs_;
};

/// DIRECTORY/RUN.sealed, mode 0600: u32 length and record, again and again.
class FileRunStore final : public RunStore {
 public:
  /// The directory must exist.
  explicit FileRunStore(std::string directory) : directory_(std::move(directory)) {}
  Result<void> append(std::string_view run, BytesView record) override;
  Result<void> read(std::string_view run, const std::function<Result<void>(BytesView)>& visit) const override;
  Result<void> erase(std::string_view run) override;

 private:
  Result<std::string> path(std::string_view run) const;
  std::string directory_;
};

}  // namespace parley::exchange
