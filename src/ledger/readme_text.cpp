#include <fmt/format.h>

#include "ledger/bundle_text.hpp"

namespace parley::ledger {

std::string readme_text(const Dossier& dossier) {
  const BundleIndex& index = dossier.index;
  std::string out = fmt::format(
      "PARLEY EVIDENCE BUNDLE\n\n"
      "About      one {}, id {}\n"
      "From       {}, log {}\n"
      "Written    {}\n\n"
      "Open report.html for the story in plain words. It is the exporter's own account: believe the checks, "
      "not\n"
      "the prose.\n\n"
      "HOW TO CHECK\n\n"
      "    parley-verify --trust TRUST-FILE THIS-BUNDLE.zip\n\n"
      "The trust file holds the keys that you were handed in person. Keys inside this bundle are hints: with "
      "them\n"
      "alone the most that can be said about authorship is \"not shown\".\n\n"
      "Without any program of ours: unpack, then run  sh verify.sh LOG.vkey ROLE.vkey  (openssl 3 and "
      "coreutils).\n"
      "It checks the manifest, the checkpoint's signature and that the statements are in the log. By "
      "hand:\n\n"
      "    sha256sum -c manifest.sha256\n\n"
      "WHAT IS IN IT\n\n",
      kind_name(index.kind), index.subject, dossier.display(index.exporter), index.exporter,
      format_time(index.created));
  for (const Piece& piece : dossier.pieces) {
    out += fmt::format("    {:<40} by {}", piece.file, piece.statement.node);
    if (piece.recorded) out += fmt::format(", log entry {}", piece.recorded->index.value());
    out += '\n';
  }
  out +=
      "\n    disclosures/   what was opened of salted digests inside the statements\n"
      "    proofs/        leaf, opening and C2SP tlog-proof of each statement in the log; list.txt pairs "
      "them\n"
      "    checkpoint     the head of the log, a C2SP signed note\n"
      "    keys/          keys of the nodes as the exporter knows them: hints\n"
      "    manifest.*     SHA-256 of everything above, and the exporter's signature over that list\n\n"
      "WHAT IS NOT SHOWN\n\n";
  for (const std::string& limit : limits_of(index.kind)) out += "  - " + limit + '\n';
  return out;
}

}  // namespace parley::ledger
