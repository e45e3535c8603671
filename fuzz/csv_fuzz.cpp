#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "encoding/csv.hpp"

namespace {

struct Outcome {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> rejects;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view text, std::size_t chunk, char delimiter) {
  parley::encoding::CsvReader reader(delimiter,
                                     {.max_field_bytes = 256, .max_row_bytes = 1024, .max_fields = 32});
  Outcome outcome;
  parley::encoding::CsvRow row;
  const auto drain = [&] {
    for (;;) {
      const auto got = reader.next(row);
      if (got && !*got) return;
      if (got) outcome.rows.push_back(row.fields);
      if (!got) outcome.rejects.push_back(got.error().text());
    }
  };
  for (std::size_t at = 0; at < text.size(); at += chunk) {
    reader.feed(text.substr(at, chunk));
    drain();
  }
  reader.finish();
  drain();
  return outcome;
}

}  // namespace

// The chunks do not matter; what was read, written and read again is the same, with nothing rejected.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const char delimiter = ",;\t|"[data[0] % 4];
  const std::size_t chunk = 1 + data[1] % 16;
  const std::string_view text = parley::as_text({data + 2, size - 2});
  const Outcome whole = read(text, size, delimiter);
  PARLEY_ASSERT(read(text, chunk, delimiter) == whole);
  std::string written;
  for (const auto& row : whole.rows) parley::encoding::append_csv_row(written, row, delimiter);
  const Outcome again = read(written, chunk, delimiter);
  PARLEY_ASSERT(again.rejects.empty() && again.rows == whole.rows);
  return 0;
}
