#include "exchange/misp_event_import.hpp"

#include <utility>

namespace parley::exchange {

namespace {

constexpr std::size_t attributes_a_batch = 2'000;

}  // namespace

Result<MispEventImport> MispEventImport::begin(MispSite& site, const MispCaller& caller,
                                               const misp::Event& event) {
  ImportOptions options;
  options.format = intel::InputFormat::misp;
  options.received_from = caller_origin(caller.name);
  options.batch_objects = attributes_a_batch;
  options.in_turns = true;
  Import import(site.node, std::move(options), site.warninglists, Import::RejectSink());
  PARLEY_CHECK(import.begin_file(caller_origin(caller.name), "MISP"));
  PARLEY_CHECK(import.feed(as_bytes(misp::write_event(event))));
  return MispEventImport(std::move(import));
}

Result<std::optional<ImportReport>> MispEventImport::step() {
  PARLEY_TRY(const bool all, import_.go_on());
  if (!all) return std::optional<ImportReport>();
  PARLEY_CHECK(import_.end_file());
  PARLEY_TRY(ImportReport report, import_.finish());
  return std::optional(std::move(report));
}

}  // namespace parley::exchange
