/** Numbers come in: a region's file becomes leads, each row that does not with its reason. */
import { Button } from "@mantine/core";
import { FileUp, Plus } from "lucide-react";
import { useState, type DragEvent } from "react";
import { useNavigate, useParams } from "react-router";
import { useTexts } from "@/i18n";
import { useKeys } from "@/pages/recordings/useKeys";
import { PageHead } from "@/ui/PageHead";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useImports } from "./data";
import { ImportDetail } from "./ImportDetail";
import { ImportList } from "./ImportList";
import classes from "./imports.module.css";
import { NewImport } from "./NewImport";

/** Which import is looked at stands in the address; without one, a new file. A file may be dropped anywhere. */
export function Component() {
  const texts = useTexts().imports;
  const { importId } = useParams();
  const navigate = useNavigate();
  const list = useImports();
  const [file, setFile] = useState<File | null>(null);
  const choose = (id: string) => void navigate(`/numbers/imports/${id}`);
  const begin = (dropped: File | null) => {
    setFile(dropped);
    void navigate("/numbers/imports");
  };
  const drop = useDrop(begin);
  useStepKeys(list.imports, importId, choose, () => begin(null));
  return (
    <div className={classes.page} {...drop.handlers}>
      <PageHead title={texts.title}>
        {importId !== undefined && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => begin(null)}>
            {texts.create}
          </Button>
        )}
      </PageHead>
      {list.error && <ProblemNotice error={list.error} title={texts.failed} />}
      <div className={classes.columns} data-alone={(list.imports.length === 0 && importId === undefined) || undefined}>
        {(list.imports.length > 0 || importId !== undefined) && <ImportList list={list} chosen={importId} onChoose={choose} />}
        {importId === undefined ? (
          <NewImport file={file} onFile={setFile} earlier={list.imports} onMade={choose} />
        ) : (
          <ImportDetail key={importId} id={importId} />
        )}
      </div>
      {drop.isOver && (
        <div className={classes.over} aria-hidden>
          <FileUp size={40} />
          {texts.dropHere}
        </div>
      )}
    </div>
  );
}

/** A file that is dragged over the page, and let go. */
function useDrop(onFile: (file: File) => void) {
  const [depth, setDepth] = useState(0); // every part of the page that is entered is left again
  const change = (by: number) => (event: DragEvent) => {
    if (event.dataTransfer.types.includes("Files")) setDepth((now) => Math.max(0, now + by));
  };
  const handlers = {
    onDragEnter: change(1),
    onDragLeave: change(-1),
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setDepth(0);
      const file = event.dataTransfer.files[0];
      if (file !== undefined) onFile(file);
    },
  };
  return { isOver: depth > 0, handlers };
}

/** Up and down choose an import, `n` begins one. */
function useStepKeys(imports: readonly { id: string }[], chosen: string | undefined, choose: (id: string) => void, begin: () => void): void {
  const at = imports.findIndex(({ id }) => id === chosen);
  const go = (index: number) => {
    const target = imports[index];
    if (target) choose(target.id);
  };
  useKeys({ ArrowDown: () => go(at + 1), ArrowUp: () => go(Math.max(0, at - 1)), n: begin });
}
