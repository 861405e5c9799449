import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads archives in Java's own three ways, and prints a line of JSON for each archive and way.
 *
 * <p>`jar` unpacks into the working directory, which must be empty, and is again afterwards.
 */
public final class ReadArchives {
    private interface Way {
        void read(String archive, List<String> pages) throws Exception;
    }

    public static void main(String[] archives) {
        for (String archive : archives) {
            answer("ZipFile", ReadArchives::byIndex, archive);
            answer("ZipInputStream", ReadArchives::asStream, archive);
            answer("jar", ReadArchives::unpacked, archive);
        }
    }

    private static void answer(String reader, Way way, String archive) {
        List<String> pages = new ArrayList<>();
        String rest;
        try {
            way.read(archive, pages);
            rest = "\"pages\":[" + String.join(",", pages) + "]";
        } catch (Exception | Error error) {
            rest = "\"error\":" + quoted(String.valueOf(error));
        }
        String start = "{\"reader\":" + quoted(reader) + ",\"archive\":" + quoted(archive);
        System.out.println(start + "," + rest + "}");
    }

    private static void byIndex(String archive, List<String> pages) throws Exception {
        try (ZipFile file = new ZipFile(archive)) {
            Enumeration<? extends ZipEntry> entries = file.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                try (InputStream stream = file.getInputStream(entry)) {
                    pages.add(page(entry.getName(), stream));
                }
            }
        }
    }

    private static void asStream(String archive, List<String> pages) throws Exception {
        try (ZipInputStream stream = new ZipInputStream(new FileInputStream(archive))) {
            for (ZipEntry entry; (entry = stream.getNextEntry()) != null; ) {
                pages.add(page(entry.getName(), stream));
            }
        }
    }

    private static void unpacked(String archive, List<String> pages) throws Exception {
        jar("xf", archive);
        for (String name : jar("tf", archive).split("\n")) {
            Path path = Path.of(name);
            try (InputStream stream = Files.newInputStream(path)) {
                pages.add(page(name, stream));
            }
            Files.delete(path);
            for (File up = path.toFile().getParentFile(); up != null; up = up.getParentFile()) {
                up.delete();
            }
        }
    }

    private static String jar(String... words) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (PrintStream printed = new PrintStream(out, false, StandardCharsets.UTF_8);
                PrintStream complained = new PrintStream(err, false, StandardCharsets.UTF_8)) {
            ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
            if (tool.run(printed, complained, words) != 0) {
                complained.flush();
                throw new IOException(err.toString(StandardCharsets.UTF_8));
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String page(String name, InputStream stream) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[1 << 16];
        long size = 0;
        for (int count; (count = stream.read(block)) > 0; size += count) {
            digest.update(block, 0, count);
        }
        String hex = HexFormat.of().formatHex(digest.digest());
        return "[" + quoted(name) + "," + size + ",\"" + hex + "\"]";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            boolean plain = one >= ' ' && one < 127 && one != '"' && one != '\\';
            out.append(plain ? String.valueOf(one) : String.format("\\u%04x", (int) one));
        }
        return out.append('"').toString();
    }
}
