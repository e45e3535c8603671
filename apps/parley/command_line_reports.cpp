#include "command_builder.hpp"

namespace parley::app {

void declare_reports(Builder& b) {
  CLI::App& report = b.group("report", "Reports as people write them: find, review, then store");
  b.command(
       report, "add", "report add",
       "Read text, Markdown, HTML or PDF and keep what was found as candidates; nothing is stored as fact")
      .path("path", "path", "The file; - is standard input", true)
      .text("--format", "format", "auto, text, html or pdf (default auto)")
      .text("--tlp", "tlp",
            "Marking of the report and of what is confirmed from it: clear, green, amber, amber+strict, red. "
            "Without "
            "it, nothing of it ever leaves")
      .text("--source", "source", "Where it is from: a name or its URL (default: the file's name)")
      .text("--title", "title", "Title (default: the document's own)");
  b.command(report, "list", "report list", "Reports and how far their review is")
      .text("--cursor", "cursor", "Go on after a page")
      .number("--limit", "limit", "Reports a page (default 100)");
  b.command(report, "show", "report show", "What was found in a report, where, and what was held back")
      .text("id", "id", "Id of the report, or its beginning", true)
      .flag("--held", "held", "Also what is held back")
      .flag("--stix", "stix", "The STIX bundle that confirming everything would make")
      .flag("--text", "text", "The text as it was looked through");
  b.command(report, "confirm", "report confirm", "Make findings facts: objects, holdings and a STIX report")
      .text("id", "id", "Id of the report, or its beginning", true)
      .flag("--all", "all", "Everything open that is not held back")
      .list("--only", "only", "These, by the numbers of report show; also what is held back");
  b.command(report, "reject", "report reject", "Put findings aside for good (default: everything open)")
      .text("id", "id", "Id of the report, or its beginning", true)
      .list("--only", "only", "These, by the numbers of report show");
  CLI::App& knowledge =
      b.group("knowledge", "Names that reports are searched for, and tags with their meaning");
  b.command(
       knowledge, "add", "knowledge add",
       "Read STIX bundles (ATT&CK), MISP galaxy clusters and taxonomies; the same file name again replaces")
      .paths("paths", "paths", "Files or folders");
  b.command(knowledge, "list", "knowledge list", "Files that were read, and how much each gave");
  b.command(knowledge, "remove", "knowledge remove", "Forget a file").text("name", "name", "Its name", true);
  b.command(knowledge, "find", "knowledge find", "What a name, an ATT&CK id or a tag stands for")
      .text("name", "name", "APT28, T1059.001, tlp:red, …", true);
}

}  // namespace parley::app
